import type { ClassExpression, MethodDefinition, PropertyDefinition } from "acorn";

/** What the text of a class says that it has. */
export interface ClassShape {
  /** By name; symbols as `Symbol.iterator`. */
  readonly statics: ReadonlyMap<string, MemberKind>;
  readonly members: ReadonlyMap<string, MemberKind>;
  /** Claim: a static block may have made other properties. */
  readonly hasStaticBlock: boolean;
  /** A computed name that only evaluating it would tell. */
  readonly unknownName: string | undefined;
  /** A private static field whose value nobody can see. */
  readonly hiddenState: string | undefined;
}

type MemberKind = "method" | "accessor" | "field";

export function shapeOf(node: ClassExpression, text: string, offset: number): ClassShape {
  const statics = new Map<string, MemberKind>();
  const members = new Map<string, MemberKind>();
  let hasStaticBlock = false;
  let unknownName: string | undefined;
  let hiddenState: string | undefined;
  for (const member of node.body.body) {
    if (member.type === "StaticBlock") {
      hasStaticBlock = true;
    } else if (member.key.type === "PrivateIdentifier") {
      if (isHiddenState(member, text)) hiddenState ??= `#${member.key.name}`;
    } else {
      const name = nameOf(member);
      if (name === undefined) {
        unknownName ??= text.slice(member.key.start - offset, member.key.end - offset);
      } else if (member.static) {
        statics.set(name, kindOf(member));
      } else if (member.type === "MethodDefinition") {
        members.set(name, kindOf(member));
      }
    }
  }
  return { statics, members, hasStaticBlock, unknownName, hiddenState };
}

function kindOf(member: MethodDefinition | PropertyDefinition): MemberKind {
  if (member.type === "PropertyDefinition") return "field";
  return member.kind === "get" || member.kind === "set" ? "accessor" : "method";
}

function nameOf({ key, computed }: MethodDefinition | PropertyDefinition): string | undefined {
  if (key.type === "Literal") return String(key.value);
  if (!computed) return key.type === "Identifier" ? key.name : undefined;
  const isOfSymbol =
    key.type === "MemberExpression" &&
    !key.computed &&
    key.object.type === "Identifier" &&
    key.object.name === "Symbol" &&
    key.property.type === "Identifier";
  return isOfSymbol ? `Symbol.${(key.property as { name: string }).name}` : undefined;
}

/** A constant is what it was; anything else may have become something else, and cannot be read from outside. */
function isHiddenState(member: MethodDefinition | PropertyDefinition, text: string): boolean {
  if (!member.static || member.type !== "PropertyDefinition") return false;
  if (member.value != null && member.value.type !== "Literal") return true;
  const name = `#${(member.key as { name: string }).name}`.replaceAll("$", String.raw`\$`);
  const written = new RegExp(
    String.raw`(?:\+\+|--)\s*[\w$.]+\.${name}\b|${name}\s*(?:\+\+|--|(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=(?![=>]))|[[{,(]\s*[^;]*${name}\b[^;]*[\]}]\s*=(?![=>])`,
  );
  const withoutDeclaration = text.replace(new RegExp(String.raw`static\s+${name}\s*=`), "");
  return written.test(withoutDeclaration);
}
