import { readFileSync, writeFileSync } from 'node:fs';
import { packStudy } from './report/pack/pack.ts';
import { workspace } from './workspace/paths.ts';
import { openPack } from './workspace/pack.ts';
import { stabilityCheck } from './report/pack/recomputed-stability.ts';
import { auditCheck } from './report/pack/recomputed-audit.ts';
import { sweepCheck } from './report/pack/recomputed-sweep.ts';
import { evaluationChecks } from './report/pack/recomputed-evaluation.ts';
import { comparisonCheck } from './report/pack/recomputed-comparison.ts';
import { openScenario } from './scenarios/open-scenario.ts';
import { cpSync, rmSync } from 'node:fs';
const src = '/tmp/debts-hand/ws', root = '/tmp/debts-hand/scan';
const paths = workspace(root);
const scenario = await openScenario('ice-cream-v1', {});
const reopen = (parameters: any) => openScenario('ice-cream-v1', { parameters });
const checks: Record<string, () => Promise<any[]>> = {
  'results/metrics/stability.json': () => stabilityCheck(paths),
  'results/metrics/audit.json': () => auditCheck(paths),
  'results/sweep/sweep.json': () => sweepCheck(paths),
  'results/metrics/compare.json': () => comparisonCheck(paths, reopen as never, {}),
  'results/metrics/evaluation.json': async () => { const { file } = await packStudy({ workspace: root, out: '/tmp/debts-hand/s.tar' }); return evaluationChecks(openPack(readFileSync(file), 'x'), paths, scenario, {}); },
};
const only = process.argv.slice(2);
const nameOf = (item: any) => (item && typeof item === 'object' && typeof item.model === 'string' ? item.model : undefined);
function leaves(v: any, path: string, out: { path: string; key: string; set: (n: number) => void; n: number }[], parent?: any, key?: any) {
  if (typeof v === 'number') out.push({ path, key: String(key), n: v, set: (n) => (parent[key] = n) });
  else if (Array.isArray(v)) v.forEach((x, i) => leaves(x, `${path}[${nameOf(x) ?? i}]`, out, v, i));
  else if (v && typeof v === 'object') for (const k of Object.keys(v)) leaves(v[k], path ? `${path}.${k}` : k, out, v, k);
  return out;
}
for (const [file, check] of Object.entries(checks)) {
  if (only.length && !only.some((o) => file.includes(o))) continue;
  rmSync(root, { recursive: true, force: true }); cpSync(src, root, { recursive: true });
  const text = readFileSync(`${root}/${file}`, 'utf8');
  const all = leaves(JSON.parse(text), '', []);
  const keys = [...new Set(all.map((l) => l.path.replace(/\[[^\]]*\]/g, '[]')))];
  const groups = new Map<string, string[]>();
  for (const k of keys) { const last = k.split('.').at(-1)!; groups.set(last, [...(groups.get(last) ?? []), k]); }
  const escaped: string[] = [];
  console.log(file, all.length, 'leaves', groups.size, 'groups');
  for (const [last] of groups) {
    const data = JSON.parse(text);
    const mine = leaves(data, '', []).filter((l) => l.path.replace(/\[[^\]]*\]/g, '[]').split('.').at(-1) === last);
    for (const l of mine) l.set(Number.isInteger(l.n) ? l.n + 1 : l.n + 0.0137);
    writeFileSync(`${root}/${file}`, JSON.stringify(data, undefined, 2));
    let found: string[] = [];
    try {
      found = (await check()).filter((c: any) => c.outcome === 'differs').flatMap((c: any) => c.details);
    } catch (error) { found = [`THROWN ${(error as Error).message}`]; continue; }
    const text2 = found.join('\n');
    for (const l of mine) if (!text2.includes(`${l.path}:`) && !text2.includes(` ${l.path.split('[')[0]}`)) escaped.push(`${l.path}${found.length ? `   (others: ${found[0]!.slice(0, 80)})` : ''}`);
  }
  console.log(escaped.join('\n'));
}
