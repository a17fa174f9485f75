(class name: (_) @name) @class
(module name: (_) @name) @module
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(assignment left: (constant) @name) @constant
(assignment left: (scope_resolution scope: (_) @scope name: (constant) @name)) @constant
(assignment left: (left_assignment_list (constant) @name)) @constant
(operator_assignment left: (constant) @name "||=") @constant
(program (assignment left: (global_variable) @name) @variable)
(alias name: (_) @name) @method
((call !receiver method: (identifier) @_attribute arguments: (argument_list
  [(simple_symbol) @name (string (string_content) @name)])) @property
  (#any-of? @_attribute "attr_accessor" "attr_reader" "attr_writer" "attr"
    "class_attribute" "cattr_accessor" "cattr_reader" "mattr_accessor" "mattr_reader"))
((call !receiver method: (identifier) @_define arguments: (argument_list .
  [(simple_symbol) @name (string (string_content) @name)])) @method
  (#any-of? @_define "define_method" "define_singleton_method" "alias_method"))
