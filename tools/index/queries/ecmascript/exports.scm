(export_statement !source (export_clause (export_specifier name: (_) @value alias: (_) @name)))
(export_statement !source (export_clause (export_specifier name: (_) @name !alias)))
(export_statement "default" value: (_) @value)
(export_statement "default" declaration: (_ name: (_) @value))
(assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @name)
  right: (_) @value
  (#eq? @_exports "exports"))
(assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
    property: (property_identifier) @name)
  right: (_) @value
  (#eq? @_module "module") (#eq? @_exports "exports"))
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: (_) @value
  (#eq? @_module "module") (#eq? @_exports "exports"))
(export_statement declaration: (_ name: (_) @name @declared))
(export_statement declaration: (_ (variable_declarator name: (identifier) @name @declared)))
(export_statement declaration: (_ (variable_declarator name: (object_pattern
  (shorthand_property_identifier_pattern) @name @declared))))
(export_statement declaration: (_ (variable_declarator name: (object_pattern
  (pair_pattern value: (identifier) @name @declared)))))
