import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { measure } from './measure.ts';
import { simulation } from './simulation.ts';

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

console.log(`${cpus()[0]?.model ?? 'unknown CPU'} × ${cpus().length}, Node ${process.version}, ${commit()}`);
for (const { title, unit, contestants } of [simulation()]) {
  console.log(`\n${title}: million ${unit} per CPU-second, median [least, most] of the rounds; × is ours against it`);
  const rows = await measure(contestants);
  const ours = rows[0]!.median;
  for (const { name, median, least, most } of rows)
    console.log(
      `  ${name.padEnd(44)} ${millions(median)} [${millions(least)}, ${millions(most)}]  ×${(ours / median).toFixed(2)}`,
    );
}

function millions(perSecond: number): string {
  return (perSecond / 1e6).toPrecision(3).padStart(7);
}
