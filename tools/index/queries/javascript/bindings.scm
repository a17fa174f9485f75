(formal_parameters (identifier) @binding)
