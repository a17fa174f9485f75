(call_expression (function_name) @call)
(class_name) @type
(id_name) @name
(plain_value) @name
(property_name) @attribute
