(call function: (identifier) @call)
(call function: (attribute attribute: (identifier) @method_call))
(attribute attribute: (identifier) @attribute)
(keyword_argument name: (identifier) @keyword)
(identifier) @name
