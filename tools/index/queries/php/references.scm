(function_call_expression function: (name) @call)
(function_call_expression function: (qualified_name (name) @call))
(member_call_expression name: (name) @method_call)
(nullsafe_member_call_expression name: (name) @method_call)
(scoped_call_expression name: (name) @method_call)
(object_creation_expression (name) @call)
(member_access_expression name: (name) @attribute)
(named_type (name) @type)
(name) @name
