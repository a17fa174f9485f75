(invocation_expression function: (identifier) @call)
(invocation_expression function: (member_access_expression name: (identifier) @method_call))
(object_creation_expression type: (identifier) @call)
(invocation_expression function: (conditional_access_expression
  (member_binding_expression name: (identifier) @method_call)))
(member_access_expression name: (identifier) @attribute)
(member_binding_expression name: (identifier) @attribute)
(argument name: (identifier) @keyword)
(attribute_argument name: (identifier) @keyword)
(initializer_expression (assignment_expression left: (identifier) @attribute))
(subpattern (identifier) @keyword)
(implicit_parameter) @name
(base_list (identifier) @type)
(identifier) @name
