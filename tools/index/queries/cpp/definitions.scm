(class_specifier name: (_) @declarator body: (_)) @class
(namespace_definition name: (_) @name) @module
(namespace_alias_definition name: (_) @name) @module
(alias_declaration name: (type_identifier) @name) @type
(concept_definition name: (identifier) @name) @type
(template_declaration (declaration declarator: (_) @declarator) @variable)
(field_declaration_list (declaration declarator: (_) @declarator) @variable)
