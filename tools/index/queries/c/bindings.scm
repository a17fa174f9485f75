(parameter_declaration declarator: (identifier) @binding)
(parameter_declaration declarator: (pointer_declarator declarator: (identifier) @binding))
(compound_statement (declaration declarator: (identifier) @binding))
(compound_statement (declaration declarator: (init_declarator declarator: (identifier) @binding)))
(compound_statement (declaration declarator: (init_declarator
  declarator: (pointer_declarator declarator: (identifier) @binding))))
