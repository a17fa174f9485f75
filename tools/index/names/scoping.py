"""The table of scopes: which nodes of each language open one, and how far names are seen from within."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scoping:
    """How one language nests its scopes.

    `scopes` open one. Names that hold in a whole function go to one of `functions`. Bodies of `classes` bind members;
    `hidden`: functions in them do not see those by bare name. `barriers` end the search for a name of a variable.
    """

    scopes: frozenset[str]
    functions: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    hidden: bool = False
    barriers: frozenset[str] = frozenset()


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


_ECMA_FUNCTIONS = words(
    "function_declaration function_expression generator_function_declaration generator_function arrow_function "
    "method_definition class_static_block"
)
_ECMA = Scoping(
    _ECMA_FUNCTIONS
    | words(
        "statement_block for_statement for_in_statement catch_clause switch_body class_declaration class "
        "abstract_class_declaration interface_declaration type_alias_declaration function_type constructor_type "
        "method_signature abstract_method_signature function_signature construct_signature call_signature "
        "index_signature conditional_type"
    ),
    _ECMA_FUNCTIONS,
)
_C = Scoping(words("function_definition compound_statement for_statement parameter_list field_declaration_list"))
SCOPING: dict[str, Scoping] = {
    "python": Scoping(
        words(
            "function_definition lambda class_definition list_comprehension set_comprehension "
            "dictionary_comprehension generator_expression"
        ),
        words("function_definition lambda"),
        hidden=True,
    ),
    "javascript": _ECMA,
    "typescript": _ECMA,
    "tsx": _ECMA,
    "go": Scoping(
        words(
            "function_declaration method_declaration func_literal block if_statement for_statement "
            "expression_switch_statement type_switch_statement select_statement communication_case expression_case "
            "type_case default_case function_type method_elem type_spec type_alias"
        )
    ),
    "rust": Scoping(
        words(
            "function_item function_signature_item closure_expression block match_arm for_expression if_expression "
            "while_expression impl_item trait_item struct_item union_item enum_item type_item mod_item"
        ),
        barriers=words("mod_item"),
    ),
    "java": Scoping(
        words(
            "class_declaration interface_declaration enum_declaration record_declaration annotation_type_declaration "
            "class_body interface_body enum_body annotation_type_body method_declaration constructor_declaration "
            "compact_constructor_declaration lambda_expression block constructor_body for_statement "
            "enhanced_for_statement try_with_resources_statement catch_clause switch_block static_initializer"
        ),
        classes=words("class_body interface_body enum_body"),
    ),
    "c": _C,
    "cpp": Scoping(
        _C.scopes
        | words(
            "namespace_definition template_declaration lambda_expression catch_clause if_statement while_statement "
            "for_range_loop switch_statement requires_expression"
        ),
        classes=words("field_declaration_list"),
    ),
    "c-sharp": Scoping(
        words(
            "namespace_declaration class_declaration struct_declaration record_declaration interface_declaration "
            "enum_declaration delegate_declaration declaration_list enum_member_declaration_list method_declaration "
            "constructor_declaration operator_declaration local_function_statement lambda_expression "
            "anonymous_method_expression accessor_declaration property_declaration indexer_declaration block "
            "for_statement foreach_statement using_statement fixed_statement catch_clause switch_section "
            "switch_expression_arm query_expression"
        ),
        classes=words("declaration_list"),
    ),
    "ruby": Scoping(
        words("method singleton_method class module singleton_class block do_block lambda"),
        barriers=words("method singleton_method class module singleton_class"),
    ),
    "php": Scoping(frozenset()),
    "bash": Scoping(words("function_definition")),
}
