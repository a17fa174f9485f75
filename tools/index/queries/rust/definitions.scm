(function_item name: (_) @name) @function
(function_signature_item name: (_) @name) @function
(struct_item name: (_) @name) @struct
(union_item name: (_) @name) @struct
(enum_item name: (_) @name) @enum
(enum_variant name: (_) @name) @constant
(trait_item name: (_) @name) @trait
(type_item name: (_) @name) @type
(associated_type name: (_) @name) @type
((const_item name: (_) @name) @constant (#not-eq? @name "_"))
(static_item name: (_) @name) @variable
(mod_item name: (_) @name body: (_)) @module
(macro_definition name: (_) @name) @macro
(field_declaration name: (_) @name) @property
(impl_item type: [
  (type_identifier) @name
  (primitive_type) @name
  (generic_type type: [(type_identifier) @name (scoped_type_identifier name: (_) @name)])
  (scoped_type_identifier name: (_) @name)
  (dynamic_type) @name
  (bounded_type) @name
  (abstract_type) @name
  (array_type) @name
  (tuple_type) @name
  (unit_type) @name
  (never_type) @name
  (function_type) @name
  (pointer_type) @name
  (macro_invocation) @name
  (reference_type type: [
    (type_identifier) @name
    (primitive_type) @name
    (generic_type type: [(type_identifier) @name (scoped_type_identifier name: (_) @name)])
    (scoped_type_identifier name: (_) @name)
    (dynamic_type) @name
    (bounded_type) @name
    (array_type) @name
    (tuple_type) @name
    (function_type) @name
    (reference_type) @name])]) @_scope
