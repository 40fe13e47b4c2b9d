import type { Finding } from '../report/findings/finding.ts';
import { wrap } from './help.ts';

/** Findings as the report says them, a paragraph each, warnings first. */
export function findingLines(findings: readonly Finding[], width: number): string[] {
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const others = findings.filter(({ severity }) => severity !== 'warning');
  return [
    ...warnings.map(({ text }) => `Warning: ${text}`),
    ...others.map(({ topic, text }) => `${topic}: ${text}`),
  ].flatMap((paragraph) => wrap(paragraph, width - 2).map((line, i) => (i === 0 ? line : `  ${line}`)));
}
