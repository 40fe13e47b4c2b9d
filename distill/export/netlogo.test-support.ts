/**
 * Runs the part of NetLogo that exported programs are written in, by the rules of its programming guide: arguments of a reporter bind
 * tighter than any operator, operators bind to the left, anonymous procedures close over the variables around them.
 */

type Value = number | string | boolean | Value[];
type Scope = { readonly names: Map<string, Value>; readonly around: Scope | undefined };
/** Parses the expression or the commands that follow, and gives what they do. */
type Code = (scope: Scope) => Value;
type Step = (scope: Scope) => { readonly reported: Value } | undefined;
interface Lambda {
  readonly names: readonly string[];
  readonly steps: Step | undefined;
  readonly code: Code | undefined;
}

const list = (value: Value): Value[] => {
  if (!Array.isArray(value)) throw new Error(`expected a list, got ${JSON.stringify(value)}`);
  return value;
};
const number = (value: Value): number => {
  if (typeof value !== 'number') throw new Error(`expected a number, got ${JSON.stringify(value)}`);
  return value;
};
const truth = (value: Value): boolean => {
  if (typeof value !== 'boolean') throw new Error(`expected true or false, got ${JSON.stringify(value)}`);
  return value;
};
const same = (a: Value, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b);
const sequenceOf = (value: Value): string | Value[] => (typeof value === 'string' ? value : list(value));

/** What a reporter makes of its arguments; its length is how many it takes. */
const reporters: Readonly<Record<string, (...given: Value[]) => Value>> = {
  item: (i, of) => {
    const found = sequenceOf(of!)[number(i!)];
    if (found === undefined) throw new Error(`no item ${i}`);
    return found;
  },
  length: (of) => sequenceOf(of!).length,
  'member?': (one, of) => list(of!).some((other) => same(one!, other)),
  position: (one, of) => {
    const at = (of as string).indexOf(one as string);
    return at < 0 ? false : at;
  },
  substring: (of, from, to) => (of as string).slice(number(from!), number(to!)),
  sublist: (of, from, to) => list(of!).slice(number(from!), number(to!)),
  sum: (of) => list(of!).reduce((total: number, one) => total + number(one), 0),
  max: (of) => Math.max(...list(of!).map(number)),
  lput: (one, of) => [...list(of!), one!],
  fput: (one, of) => [one!, ...list(of!)],
  'but-last': (of) => list(of!).slice(0, -1),
  'but-first': (of) => list(of!).slice(1),
  exp: (x) => {
    const value = Math.exp(number(x!));
    if (!Number.isFinite(value)) throw new Error('math operation produced a number too large for NetLogo');
    return value;
  },
  abs: (x) => Math.abs(number(x!)),
  floor: (x) => Math.floor(number(x!)),
  ceiling: (x) => Math.ceil(number(x!)),
  'empty?': (of) => sequenceOf(of!).length === 0,
  not: (one) => !truth(one!),
  'random-float': (x) => Math.random() * number(x!),
  'read-from-string': (text) => {
    if (!/^-?\d+(\.\d+)?$|^\+?\d+$/.test(text as string)) throw new Error(`not a literal: ${text}`);
    return Number(text);
  },
};
const variadic: Readonly<Record<string, (...given: Value[]) => Value>> = {
  word: (...given) => given.map(String).join(''),
  list: (...given) => given,
};
const compared = (a: Value, b: Value, how: (a: number | string, b: number | string) => boolean): boolean => {
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) throw new Error('cannot be compared');
  return how(a, b as typeof a);
};
const operators: Readonly<Record<string, readonly [binds: number, (a: Value, b: Value) => Value]>> = {
  and: [1, (a, b) => truth(a) && truth(b)],
  '=': [2, same],
  '!=': [2, (a, b) => !same(a, b)],
  '<': [3, (a, b) => compared(a, b, (x, y) => x < y)],
  '>': [3, (a, b) => compared(a, b, (x, y) => x > y)],
  '>=': [3, (a, b) => compared(a, b, (x, y) => x >= y)],
  '+': [4, (a, b) => number(a) + number(b)],
  '-': [4, (a, b) => number(a) - number(b)],
  '*': [5, (a, b) => number(a) * number(b)],
  '/': [5, (a, b) => number(a) / number(b)],
  '^': [6, (a, b) => number(a) ** number(b)],
};

/** The reporters that a program defines, by their names. @param files lines by the name of a file */
export function runNetlogo(program: string, files: Readonly<Record<string, readonly string[]>> = {}) {
  const tokens = program.match(/"(?:[^"\\]|\\.)*"|;[^\n]*|[[\]()]|[^\s[\]()";]+/g)!.filter((one) => one[0] !== ';');
  let at = 0;
  let lines: string[] = [];
  const take = (expected?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(`expected ${expected}, got ${token} after ${tokens.slice(at - 12, at - 1).join(' ')}`);
    return token;
  };
  const procedures = new Map<string, { readonly names: readonly string[]; body?: Step }>();
  // Their arities are needed to read any of them.
  tokens.forEach((token, i) => {
    if (token !== 'to-report') return;
    const names = tokens[i + 2] === '[' ? tokens.slice(i + 3, tokens.indexOf(']', i)) : [];
    procedures.set(tokens[i + 1]!, { names });
  });

  const find = (scope: Scope | undefined, name: string): Scope => {
    if (!scope) throw new Error(`nothing named ${name} has been defined`);
    return scope.names.has(name) ? scope : find(scope.around, name);
  };
  const call = ({ names, steps, code }: Lambda, scope: Scope, given: readonly Value[]) => {
    const own = { names: new Map(names.map((name, i) => [name, given[i]!] as const)), around: scope };
    return { value: code?.(own), reported: steps?.(own) };
  };
  const each = (lists: readonly Code[], scope: Scope) => {
    const all = lists.map((code) => list(code(scope)));
    if (all.some(({ length }) => length !== all[0]!.length)) throw new Error('all the list arguments must be as long');
    return all[0]!.map((_, i) => all.map((one) => one[i]!));
  };

  /** An anonymous procedure; of commands, or of a reporter. */
  function lambda(commands: boolean): Lambda {
    take('[');
    const names: string[] = [];
    if (tokens[at] === '[') {
      take();
      while (tokens[at] !== ']') names.push(take());
      take(']');
    } else names.push(take());
    take('->');
    if (commands) return { names, code: undefined, steps: until(']') };
    const code = expression();
    take(']');
    return { names, code, steps: undefined };
  }
  function block(): Code {
    take('[');
    const code = expression();
    take(']');
    return code;
  }
  function commandsIn(): Step {
    take('[');
    return until(']');
  }

  function call1(name: string, more: () => boolean): Code {
    if (name === 'map') {
      const what = lambda(false);
      const lists = [primary()];
      while (more()) lists.push(primary());
      return (scope) => each(lists, scope).map((given) => call(what, scope, given).value!);
    }
    if (name === 'filter' || name === 'reduce' || name === 'n-values') {
      const count = name === 'n-values' ? primary() : undefined;
      const what = lambda(false);
      const of = count ?? primary();
      return (scope) => {
        const run = (...given: Value[]) => call(what, scope, given).value!;
        if (name === 'n-values') return Array.from({ length: number(of(scope)) }, (_, i) => run(i));
        const items = list(of(scope));
        return name === 'filter' ? items.filter((one) => truth(run(one))) : items.reduce((a, b) => run(a, b));
      };
    }
    if (name === 'ifelse-value') {
      const [condition, yes, no] = [primary(), block(), block()];
      return (scope) => (truth(condition(scope)) ? yes(scope) : no(scope));
    }
    if (name === 'file-read-line') return () => lines.shift()!;
    if (name === 'file-at-end?') return () => lines.length === 0;
    if (name === 'file-exists?') {
      const file = primary();
      return (scope) => Object.hasOwn(files, file(scope) as string);
    }
    const own = procedures.get(name);
    const built = Object.hasOwn(reporters, name) ? reporters[name] : undefined;
    if (Object.hasOwn(variadic, name)) {
      const given: Code[] = [];
      while (more()) given.push(primary());
      return (scope) => variadic[name]!(...given.map((code) => code(scope)));
    }
    if (!own && !built) return (scope) => find(scope, name).names.get(name)!;
    const given = Array.from({ length: own ? own.names.length : built!.length }, primary);
    return (scope) => {
      const values = given.map((code) => code(scope));
      return own ? reported(name, values) : built!(...values);
    };
  }

  /** A value that an operator or a reporter takes. */
  function primary(): Code {
    const token = take();
    if (token === '(') {
      const first = tokens[at]!;
      const opens = ['map', ...Object.keys(variadic)].includes(first);
      const code = opens ? call1(take(), () => tokens[at] !== ')') : expression();
      take(')');
      return code;
    }
    if (token === '[') {
      at--;
      const value = literal();
      return () => value;
    }
    if (token[0] === '"' || /^-?[\d.]+$/.test(token) || token === 'true' || token === 'false') {
      const value = JSON.parse(token) as Value;
      return () => value;
    }
    return call1(token, () => false);
  }
  function literal(): Value {
    const token = take();
    if (token !== '[') return JSON.parse(token) as Value;
    const items: Value[] = [];
    while (tokens[at] !== ']') items.push(literal());
    take(']');
    return items;
  }
  function expression(binds = 0): Code {
    let left = primary();
    for (;;) {
      const operator = Object.hasOwn(operators, tokens[at] ?? '') ? operators[tokens[at]!]! : undefined;
      if (!operator || operator[0] <= binds) return left;
      take();
      const [one, other] = [left, expression(operator[0])];
      left = (scope) => operator[1](one(scope), other(scope));
    }
  }

  function step(): Step {
    const token = take();
    if (token === '(') {
      take('foreach');
      const lists: Code[] = [];
      // The last argument is what is done.
      while (!isLambda()) lists.push(primary());
      const what = lambda(true);
      take(')');
      return forEach(what, lists);
    }
    if (token === 'foreach') {
      const lists = [primary()];
      return forEach(lambda(true), lists);
    }
    if (token === 'let' || token === 'set') {
      const name = take();
      const code = expression();
      return (scope) => {
        const value = code(scope);
        (token === 'let' ? scope : find(scope, name)).names.set(name, value);
        return undefined;
      };
    }
    if (token === 'report') {
      const code = expression();
      return (scope) => ({ reported: code(scope) });
    }
    if (token === 'while') {
      const [condition, body] = [block(), commandsIn()];
      return (scope) => {
        while (truth(condition(scope))) body(scope);
        return undefined;
      };
    }
    if (token === 'if' || token === 'ifelse') {
      const [condition, yes] = [expression(), commandsIn()];
      const no = token === 'ifelse' ? commandsIn() : undefined;
      return (scope) => (truth(condition(scope)) ? yes(scope) : no?.(scope));
    }
    if (token === 'error') {
      const code = expression();
      return (scope) => {
        throw new Error(String(code(scope)));
      };
    }
    if (token === 'file-open') {
      const file = expression();
      return (scope) => {
        lines = [...files[file(scope) as string]!];
        return undefined;
      };
    }
    if (token === 'file-close') return () => undefined;
    throw new Error(`not a command: ${token}`);
  }
  const isLambda = () =>
    tokens[at] === '[' && (tokens[at + 2] === '->' || (tokens[at + 1] === '[' && tokens[tokens.indexOf(']', at) + 1] === '->')); // biome-ignore format: one line
  const forEach =
    (what: Lambda, lists: readonly Code[]): Step =>
    (scope) => {
      for (const given of each(lists, scope)) call(what, scope, given);
      return undefined;
    };
  function until(end: string): Step {
    const steps: Step[] = [];
    while (tokens[at] !== end) steps.push(step());
    take(end);
    return (scope) => {
      for (const one of steps) {
        const found = one(scope);
        if (found) return found;
      }
      return undefined;
    };
  }

  const reported = (name: string, given: readonly Value[]): Value => {
    const { names, body } = procedures.get(name)!;
    const scope = { names: new Map(names.map((one, i) => [one, given[i]!] as const)), around: undefined };
    const found = body!(scope);
    if (!found) throw new Error(`${name} reports nothing`);
    return found.reported;
  };
  while (at < tokens.length) {
    take('to-report');
    const own = procedures.get(take())!;
    if (tokens[at] === '[') at = tokens.indexOf(']', at) + 1;
    own.body = until('end');
  }
  return reported;
}
