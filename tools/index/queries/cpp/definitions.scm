(function_definition declarator: (reference_declarator (function_declarator declarator: (_) @name))) @function
(class_specifier name: (_) @name body: (_)) @class
(namespace_definition name: (_) @name) @module
(alias_declaration name: (type_identifier) @name) @type
(concept_definition name: (identifier) @name) @type
(field_declaration_list (field_declaration declarator: (function_declarator declarator: (_) @name)) @method)
(field_declaration_list (declaration declarator: (function_declarator declarator: (_) @name)) @method)
(field_declaration_list (field_declaration declarator: (field_identifier) @name) @property)
