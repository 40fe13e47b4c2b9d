import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { allVerbs } from '../cli/loaders.ts';
import { readArguments } from '../cli/options.ts';
import { commonOptions, scenarioOptions } from '../cli/verb.ts';

const here = dirname(fileURLToPath(import.meta.url));
const textOf = (...path: string[]) => readFileSync(join(here, ...path), 'utf8');
const require = createRequire(import.meta.url);

/** A command line of understudy in a container, which the verb itself reads. */
async function requireCommand(args: readonly string[]): Promise<void> {
  const verb = (await allVerbs()).find(({ name }) => name === args[0]);
  expect(verb, args[0]).toBeDefined();
  readArguments(
    verb!.name,
    { ...scenarioOptions, ...commonOptions, ...verb!.options },
    args.slice(1),
    verb!.positionals,
  );
}

const words = (command: string) => command.trim().split(/\s+/);

describe('deploy/compose.yaml', () => {
  const text = textOf('compose.yaml');
  const file = parse(text, { merge: true });
  // The schema of the Compose specification, as dclint ships it.
  const schema = JSON.parse(
    readFileSync(join(dirname(require.resolve('dclint/package.json')), 'schemas', 'compose.schema.json'), 'utf8'),
  );
  const valid = new Ajv({ strict: false, validateSchema: false, validateFormats: false }).compile(schema);

  it('keeps to the Compose specification', () => {
    expect({ ok: valid(file), errors: valid.errors }).toEqual({ ok: true, errors: null });
  });

  it('is not thought to keep to it with a key that it does not have', () => {
    expect(valid(parse(text.replace('restart:', 'restrat:'), { merge: true }))).toBe(false);
  });

  it('has a queue that keeps its jobs, and commands that understudy reads', async () => {
    const { queue, asking, playing, viewer } = file.services;
    expect(queue.command).toContain('--maxmemory-policy noeviction');
    for (const { command } of [asking, playing, viewer]) await requireCommand(words(command));
    const [, given] = /run --rm study ([\s\S]*?)\nname:/.exec(text.replace(/^# ?/gm, ''))!;
    await requireCommand(words(given!.replaceAll('\\', '')));
  });
});

/** An object that notes which of its members were looked at, by path. */
function watched<T>(value: T, seen: Set<string>, path = ''): T {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof name === 'symbol' || !Object.hasOwn(target, name)) return member;
      seen.add(`${path}/${name}`);
      return watched(member, seen, `${path}/${name}`);
    },
  });
}

const pathsOf = (value: unknown, path = ''): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, member]) => [`${path}/${name}`, ...pathsOf(member, `${path}/${name}`)]);

/**
 * What is wrong with a Kubernetes object by the schemas of its API. They do not refuse members that they do not know, but a check
 * never looks at those: each must have been looked at, other than the values of free maps, which a cluster takes as they are.
 */
function problemsOf(object: { apiVersion: string; kind: string }): string[] {
  const { apiVersion, kind } = object;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const name = ['IoK8sApi', group!, version!, kind].map((part) => part[0]!.toUpperCase() + part.slice(1)).join('');
  const { validate } = require(join(dirname(require.resolve('kubernetes-models')), '_schemas', name));
  const seen = new Set<string>();
  const problems: string[] = validate(watched(object, seen))
    ? []
    : validate.errors.map(
        ({ instancePath, keyword, params }: Record<string, unknown>) =>
          `${instancePath} ${keyword} ${JSON.stringify(params)}`,
      );
  const unknown = pathsOf(object).filter((path) => !seen.has(path));
  return [...problems, ...unknown.map((path) => `${path} is unknown`)];
}

describe('deploy/kubernetes', () => {
  const objects = readdirSync(join(here, 'kubernetes')).flatMap((file) =>
    parseAllDocuments(textOf('kubernetes', file)).map((document) => ({ file, object: document.toJS() })),
  );

  it.each(objects.map(({ file, object }) => [`${file}: ${object.kind} ${object.metadata.name}`, object] as const))(
    '%s keeps to the schema of its API',
    (_, object) => expect(problemsOf(object)).toEqual([]),
  );

  it('would show a misspelt member and a wrong type', () => {
    const job = structuredClone(objects.find(({ object }) => object.kind === 'Job')!.object);
    job.spec.completions = 'sixteen';
    expect(problemsOf(job).join()).toContain('/spec/completions type {"type":"integer"}');
    job.spec.completions = 16;
    job.spec.template.spec.containers[0].comand = ['sh'];
    expect(problemsOf(job)).toContain('/spec/template/spec/containers/0/comand is unknown');
  });

  it('has commands that understudy reads, and selectors and claims that are there', async () => {
    const claims = objects
      .filter(({ object }) => object.kind === 'PersistentVolumeClaim')
      .map(({ object }) => object.metadata.name);
    for (const { object } of objects) {
      const { template, selector } = object.spec;
      if (!template) continue;
      if (selector) expect(template.metadata.labels).toMatchObject(selector.matchLabels);
      for (const { image, args, command } of template.spec.containers)
        if (image === 'understudy')
          await requireCommand(
            command
              ? words(
                  args[0]
                    .replace(/^exec understudy|"/g, '')
                    .replace(/\$\(\(.*?\)\)/, '1')
                    .replaceAll('"', ''),
                )
              : args,
          );
      for (const { persistentVolumeClaim: claim } of template.spec.volumes ?? [])
        expect([...claims, 'understudy-models']).toContain(claim.claimName);
    }
  });
});
