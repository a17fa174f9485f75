(class_declaration name: (_) @name) @class
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(method_definition name: (_) @name) @method
(export_statement "default" @name value: (class !name)) @class
(export_statement "default" @name value: [
  (function_expression !name) (generator_function !name) (arrow_function)]) @function
(export_statement "default" @name value: [(object) (call_expression) (new_expression) (array)]) @variable
(variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @function
(variable_declarator name: (identifier) @name value: (class)) @class
(program (lexical_declaration (variable_declarator name: (identifier) @name) @variable))
(program (variable_declaration (variable_declarator name: (identifier) @name) @variable))
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name) @variable))
(export_statement (variable_declaration (variable_declarator name: (identifier) @name) @variable))
((program (lexical_declaration (variable_declarator
  name: [(object_pattern) (array_pattern)] @pattern value: (_) @_value) @variable))
  (#not-match? @_value "^(await\\s+)?(require|import)\\s*\\("))
((program (variable_declaration (variable_declarator
  name: [(object_pattern) (array_pattern)] @pattern value: (_) @_value) @variable))
  (#not-match? @_value "^(await\\s+)?(require|import)\\s*\\("))
(export_statement (lexical_declaration (variable_declarator
  name: [(object_pattern) (array_pattern)] @pattern) @variable))
(export_statement (variable_declaration (variable_declarator
  name: [(object_pattern) (array_pattern)] @pattern) @variable))
(assignment_expression
  left: (member_expression object: (_) @scope property: (property_identifier) @name)
  right: [(arrow_function) (function_expression) (generator_function)]) @function
(assignment_expression
  left: (member_expression object: (_) @scope property: (property_identifier) @name)
  right: (class)) @class
((assignment_expression
  left: (member_expression object: (_) @scope property: (property_identifier) @name)) @variable
  (#any-of? @scope "exports" "module.exports"))
(pair key: [(property_identifier) (string)] @name
  value: [(arrow_function) (function_expression) (generator_function)]) @method
