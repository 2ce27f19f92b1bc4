import type { Chooser, Question } from "./chooser.ts";
import { TIME } from "./chooser.ts";
import { Names } from "./owner.ts";

/** Writes down where a run goes another way than the usual order. */
export class Story implements Chooser {
  readonly lines: string[] = [];
  readonly #chooser: Chooser;
  readonly #names = new Names();

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  choose(question: Question): number {
    const names = question.whose.map((whose) => this.#names.of(whose));
    const answer = this.#chooser.choose(question);
    if (answer !== 0) this.lines.push(lineOf(question, names, answer));
    return answer;
  }
}

function lineOf(
  { kind, count, whose }: Question,
  names: readonly string[],
  answer: number,
): string {
  switch (kind) {
    case "begin":
      return `${names[0]} is kept back before it begins`;
    case "due":
      return `${names[0]} is kept back although its time has come`;
    case "ready":
      return `${names[0]} is kept back although its wait is over`;
    case "next":
      return whose[answer] === TIME
        ? `time passes before ${names[0]} goes on`
        : `${names[answer]} goes on before ${names[0]}`;
    case "pick":
      return `select takes clause ${answer + 1} of the ${count} that can go ahead`;
  }
}
