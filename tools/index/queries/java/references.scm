(method_invocation !object name: (identifier) @call)
(method_invocation object: (_) name: (identifier) @method_call)
(object_creation_expression type: (type_identifier) @call)
(method_reference (_) (identifier) @method_call)
(field_access field: (identifier) @attribute)
(element_value_pair key: (identifier) @keyword)
(type_identifier) @type
(identifier) @name
