(function_definition name: (word) @name) @function
(program (variable_assignment name: (variable_name) @name "=") @variable)
(variable_assignments (variable_assignment name: (variable_name) @name "=") @variable)
(list (variable_assignment name: (variable_name) @name "=") @variable)
(if_statement (variable_assignment name: (variable_name) @name "=") @variable)
(elif_clause (variable_assignment name: (variable_name) @name "=") @variable)
(else_clause (variable_assignment name: (variable_name) @name "=") @variable)
(do_group (variable_assignment name: (variable_name) @name "=") @variable)
(case_item (variable_assignment name: (variable_name) @name "=") @variable)
(compound_statement (variable_assignment name: (variable_name) @name "=") @variable)
(declaration_command (variable_assignment name: (variable_name) @name "=")) @variable
(command (variable_assignment name: (variable_name) @name "=") @variable name: (_) @_later)
