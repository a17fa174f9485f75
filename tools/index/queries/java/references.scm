(method_invocation !object name: (identifier) @call)
(method_invocation object: (_) name: (identifier) @method_call)
(object_creation_expression type: (type_identifier) @call)
(field_access field: (identifier) @attribute)
(type_identifier) @type
(identifier) @name
