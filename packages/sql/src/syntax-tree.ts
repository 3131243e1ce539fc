/**
 * The parts of libpg-query's syntax trees that more than one rule reads.
 *
 * A tree is protobuf rendered as JSON: fields at their default (false, 0, empty) are absent.
 *
 * @module
 */
import type { DefElem, Node, RangeVar } from 'libpg-query';
import { quoteQualifiedName } from './quote.ts';

type KeyOf<T> = T extends unknown ? keyof T : never;
/** `'IndexStmt' | 'DropStmt' | …` */
export type NodeName = KeyOf<Node>;
/** The content of a node of that name. */
export type NodeOf<N extends NodeName> = Extract<Node, Record<N, unknown>>[N];

/** What to do with nodes, by name; most names have no entry. */
export type NodeRules<R> = { readonly [N in NodeName]?: (node: NodeOf<N>) => R };

/** Applies the rule for this node. A node is an object with one property: its name. */
export function applyRule<R>(rules: NodeRules<R>, node: Node): R | undefined {
  for (const [name, content] of Object.entries(node) as [NodeName, unknown][]) {
    // The name and its content come from one node, which TypeScript cannot see across the table.
    const rule = rules[name] as ((content: unknown) => R) | undefined;
    if (rule !== undefined) return rule(content);
  }
  return undefined;
}

export function quoteRelation(relation: RangeVar | undefined): string {
  const parts = [relation?.catalogname, relation?.schemaname, relation?.relname];
  return quoteQualifiedName(parts.filter((part) => part !== undefined));
}

/** The strings in a list of String nodes, such as a qualified name. */
export function stringsOf(nodes: readonly Node[] = []): string[] {
  return nodes.flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

export function findOption(options: readonly Node[] | undefined, name: string): DefElem | undefined {
  for (const node of options ?? []) if ('DefElem' in node && node.DefElem.defname === name) return node.DefElem;
  return undefined;
}

/** As PostgreSQL reads a boolean option: a bare name means true; `off`, `false` and 0 mean false. */
export function isOptionOn(option: DefElem): boolean {
  const { arg } = option;
  if (arg === undefined) return true;
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) !== 0;
  if ('Boolean' in arg) return arg.Boolean.boolval ?? false;
  const words = 'String' in arg ? [arg.String.sval ?? ''] : 'TypeName' in arg ? stringsOf(arg.TypeName.names) : [];
  return !/^(?:off|false)$/i.test(words.at(-1) ?? '');
}
