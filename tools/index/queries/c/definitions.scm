(function_definition declarator: (_) @declarator) @function
(translation_unit (declaration declarator: (_) @declarator) @variable)
(linkage_specification (declaration declarator: (_) @declarator) @variable)
(declaration_list (declaration declarator: (_) @declarator) @variable)
(preproc_if (declaration declarator: (_) @declarator) @variable)
(preproc_ifdef (declaration declarator: (_) @declarator) @variable)
(preproc_else (declaration declarator: (_) @declarator) @variable)
(preproc_elif (declaration declarator: (_) @declarator) @variable)
(preproc_elifdef (declaration declarator: (_) @declarator) @variable)
(ERROR (declaration declarator: (_) @declarator) @variable)
(field_declaration declarator: (_) @declarator) @property
(struct_specifier name: (_) @declarator body: (_)) @struct
(union_specifier name: (_) @declarator body: (_)) @struct
(enum_specifier name: (_) @declarator body: (_)) @enum
(enumerator name: (identifier) @name) @constant
(type_definition declarator: (_) @declarator) @type
(preproc_def name: (identifier) @name) @macro
(preproc_function_def name: (identifier) @name) @macro
