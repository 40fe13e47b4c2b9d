import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportStudent } from '../distill/export/export-student.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';

const script = (decisions: number) => `
import time, numpy as np, buyer
rng = np.random.default_rng(1)
masks = rng.choice(np.array(buyer._MASKS), ${decisions}) if hasattr(buyer, "_MASKS") else rng.integers(0, 2**16, ${decisions})
uniforms = rng.random(${decisions})
buyer.decide_all(masks[:10], uniforms[:10])
began = time.process_time()
actions = buyer.decide_all(masks, uniforms)
took = time.process_time() - began
assert abs((actions == 1).mean() - buyer.probabilities_of(masks)[:, 1].mean()) < 4 * 0.5 / ${decisions}**0.5
print(f"{len(masks) / took / 1e6:.1f} million decisions a second of CPU time, NumPy {np.__version__}")
`;

/** How many decisions an exported student makes in a second of one core's time, from a table and from weights. */
export async function exporting(decisions = 20_000_000): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'understudy-export-'));
  for (const [policy, form, n] of [
    ['student:mlp', 'table', decisions],
    ['student:logistic', 'weights', decisions / 10],
    ['student:mlp', 'weights', decisions / 200],
  ] as const) {
    await exportStudent({ scenario: iceCream, policy, to: 'python', form, out: join(root, 'buyer.py') });
    const { stdout, stderr, error } = spawnSync('python3', ['-c', script(n)], { cwd: root, encoding: 'utf8' });
    const why = error?.message ?? stderr.trim().split('\n').at(-1);
    console.log(`${policy} by its ${form}: ${stdout.trim() || `not measured (${why})`}`);
  }
  await rm(root, { recursive: true });
}
