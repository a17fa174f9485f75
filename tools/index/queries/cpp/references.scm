(call_expression function: (qualified_identifier name: (identifier) @call))
(new_expression type: (type_identifier) @call)
(namespace_identifier) @name
(call_expression function: (template_function name: (identifier) @call))
(call_expression function: (qualified_identifier name: (template_function name: (identifier) @call)))
(destructor_name (identifier) @type)
(operator_name) @name
