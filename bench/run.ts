import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { asking, choice, promptLength, sequences } from './asking.ts';
import { auditing } from './audit.ts';
import { batches } from './batches.ts';
import { cascades } from './cascade.ts';
import { certificates } from './certificates.ts';
import { choices } from './choices.ts';
import { cohorts, engines } from './cohorts.ts';
import { comparing } from './compare.ts';
import { explaining } from './explaining.ts';
import { exporting } from './exporting.ts';
import { growth } from './growth.ts';
import { type Benchmark, measure } from './measure.ts';
import { page } from './page.ts';
import { plan } from './plan.ts';
import { recording } from './recording.ts';
import { replications } from './replications.ts';
import { rules } from './rules.ts';
import { shadow } from './shadow.ts';
import { simulation } from './simulation.ts';
import { soak } from './soak.ts';
import { training } from './training.ts';
import { viewer } from './viewer.ts';
import { viewers } from './viewers.ts';
import { workers } from './workers.ts';

const suites: Readonly<Record<string, () => Benchmark[] | Promise<Benchmark[]>>> = {
  simulation,
  cohorts: () => [cohorts()],
  engines: () => [engines()],
  recording: async () => [await recording()],
  replications: async () => [await replications()],
  asking,
  choice,
  sequences,
  prompts: promptLength,
  training,
  explaining,
};

/** Benchmarks that measure no rate and print what they find; they run if they are named, with the numbers that follow. */
const studies: Readonly<Record<string, (...numbers: number[]) => Promise<void>>> = {
  audit: auditing,
  batches,
  cascade: cascades,
  certificates,
  choices,
  exporting,
  growth,
  compare: comparing,
  page,
  plan,
  rules,
  shadow,
  soak,
  viewer,
  viewers,
  workers,
};

const commit = () => {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'no commit';
  }
};

const isNumber = (argument: string) => /^\d+$/.test(argument);
const wanted = process.argv.slice(2).filter((argument) => !isNumber(argument));
const numbers = process.argv.slice(2).filter(isNumber).map(Number);
const unknown = wanted.find((name) => !(name in suites || name in studies));
if (unknown !== undefined) {
  console.error(`unknown benchmark: ${unknown} (known: ${Object.keys({ ...suites, ...studies }).join(', ')})`);
  process.exit(2);
}

console.log(`${cpus()[0]?.model ?? 'unknown CPU'} × ${cpus().length}, Node ${process.version}, ${commit()}`);
for (const [name, suite] of Object.entries(suites)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const benchmark of await suite()) {
    const { title, unit, clock, contestants, close } = benchmark;
    const seconds = clock === 'cpu' ? 'CPU-second' : 'second';
    console.log(
      `\n${title}: ${unit} per ${seconds}, median [least, most] of the rounds; × is ours against it${clock === 'cpu' ? '; then per second' : ''}`,
    );
    for (const { check } of contestants) if (check) console.log(`  ${await check()}`);
    const rows = await measure(benchmark);
    const ours = rows[0]!.median;
    for (const { name, median, least, most, wall } of rows)
      console.log(
        `  ${name.padEnd(48)} ${rate(median)} [${rate(least)}, ${rate(most)}]  ×${(ours / median).toFixed(2)}${clock === 'cpu' ? ` ${rate(wall)}/s` : ''}`,
      );
    await close?.();
  }
}
for (const [name, study] of Object.entries(studies)) if (wanted.includes(name)) await study(...numbers);
// The rival's model stays loaded in this process.
process.exit(0);

/** Three digits, in millions if there are millions. */
function rate(perSecond: number): string {
  return (perSecond >= 1e6 ? `${(perSecond / 1e6).toPrecision(3)} M` : perSecond.toPrecision(3)).padStart(7);
}
