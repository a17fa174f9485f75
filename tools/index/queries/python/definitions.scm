(class_definition name: (identifier) @name) @class
(function_definition name: (identifier) @name) @function
(assignment left: (identifier) @name) @variable
(assignment left: [(pattern_list) (tuple_pattern) (list_pattern)] @pattern) @variable
(type_alias_statement left: (type [(identifier) @name (generic_type . (identifier) @name)])) @type
