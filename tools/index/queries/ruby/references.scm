(call !receiver method: (identifier) @call)
(call receiver: (_) method: (_) @method_call)
(hash_key_symbol) @keyword
(constant) @type
(identifier) @name
