(abstract_class_declaration name: (_) @name) @class
(interface_declaration name: (_) @name) @interface
(type_alias_declaration name: (_) @name) @type
(enum_declaration name: (_) @name) @enum
(enum_body name: (_) @name @constant)
(enum_body (enum_assignment name: (_) @name) @constant)
(internal_module name: (_) @name) @module
(module name: (_) @name) @module
(internal_module body: (statement_block
  [(lexical_declaration (variable_declarator name: (identifier) @name) @variable)
   (variable_declaration (variable_declarator name: (identifier) @name) @variable)]))
(module body: (statement_block
  [(lexical_declaration (variable_declarator name: (identifier) @name) @variable)
   (variable_declaration (variable_declarator name: (identifier) @name) @variable)]))
(function_signature name: (identifier) @name) @function
(method_signature name: (_) @name) @method
(abstract_method_signature name: (_) @name) @method
(property_signature name: (_) @name) @property
(public_field_definition name: (_) @name) @property
(required_parameter [(accessibility_modifier) (override_modifier) "readonly"] @_member
  pattern: (identifier) @name) @property
(optional_parameter [(accessibility_modifier) (override_modifier) "readonly"] @_member
  pattern: (identifier) @name) @property
(ambient_declaration (lexical_declaration (variable_declarator name: (identifier) @name) @variable))
(ambient_declaration (variable_declaration (variable_declarator name: (identifier) @name) @variable))
