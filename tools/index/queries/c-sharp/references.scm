(invocation_expression function: (identifier) @call)
(invocation_expression function: (member_access_expression name: (identifier) @method_call))
(object_creation_expression type: (identifier) @call)
(member_access_expression name: (identifier) @attribute)
(base_list (identifier) @type)
(identifier) @name
