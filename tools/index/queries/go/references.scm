(call_expression function: (identifier) @call)
(call_expression function: (selector_expression field: (field_identifier) @method_call))
(selector_expression field: (field_identifier) @attribute)
(keyed_element key: (literal_element (identifier) @attribute))
(type_identifier) @type
(identifier) @name
(field_identifier) @attribute
(package_identifier) @name
