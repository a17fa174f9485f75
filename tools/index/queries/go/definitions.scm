(function_declaration name: (identifier) @name) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @scope
    (pointer_type (type_identifier) @scope)
    (generic_type type: (type_identifier) @scope)
    (pointer_type (generic_type type: (type_identifier) @scope))]))
  name: (field_identifier) @name) @method
(type_spec name: (type_identifier) @name type: (struct_type)) @struct
(type_spec name: (type_identifier) @name type: (interface_type)) @interface
(type_spec name: (type_identifier) @name) @type
(type_alias name: (type_identifier) @name) @type
(interface_type (method_elem name: (field_identifier) @name) @method)
(field_declaration name: (field_identifier) @name) @property
(field_declaration !name type: [
  (type_identifier) @name
  (qualified_type name: (type_identifier) @name)
  (generic_type type: (type_identifier) @name)
  (generic_type type: (qualified_type name: (type_identifier) @name))]) @property
(source_file (const_declaration (const_spec (identifier) @name) @constant (#not-eq? @name "_")))
(source_file (var_declaration (var_spec name: (identifier) @name) @variable (#not-eq? @name "_")))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @variable (#not-eq? @name "_"))))
