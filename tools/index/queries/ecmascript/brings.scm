(import_statement) @import
(export_statement source: (string)) @import
((variable_declarator name: [(identifier) (object_pattern)]
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @module .))) @import
  (#eq? @_require "require"))
((variable_declarator name: (identifier)
  value: (member_expression
    object: (call_expression function: (identifier) @_require arguments: (arguments . (string) @module .))
    property: (property_identifier) @imported)) @import
  (#eq? @_require "require"))
(variable_declarator name: [(identifier) (object_pattern)]
  value: (await_expression (call_expression function: (import) arguments: (arguments . (string) @module)))) @import
