(call !receiver method: (identifier) @call)
(call receiver: (_) method: (_) @method_call)
(constant) @type
(identifier) @name
