(parameter name: (identifier) @binding)
(local_declaration_statement (variable_declaration (variable_declarator name: (identifier) @binding)))
(foreach_statement left: (identifier) @binding)
(catch_declaration name: (identifier) @binding)
