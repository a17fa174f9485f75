(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @method_call))
(field_expression field: (field_identifier) @attribute)
(field_identifier) @attribute
(type_identifier) @type
(identifier) @name
