(bare_key) @name
