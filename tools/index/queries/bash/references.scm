(command name: (command_name (word) @call))
(variable_name) @name
