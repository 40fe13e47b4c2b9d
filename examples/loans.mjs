/**
 * Writes loans.csv: 1,000 applications for a small loan, decided by 100 officers, with effects that are known.
 * Run: node examples/loans.mjs > examples/loans.csv
 */

/** Uniform numbers in [0, 1): mulberry32 (Ettinger 2017), seed 10. */
let state = 10;
function uniform() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const among = (values) => values[Math.floor(uniform() * values.length)];

console.log('application,officer,age,employment,income,owns home,purpose,arrears,granted');
for (let i = 0; i < 1000; i++) {
  const age = among(['18-29', '30-44', '45-59', '60+']);
  const employment = among(['employed', 'self-employed', 'unemployed']);
  const income = Math.round((employment === 'unemployed' ? 9000 : 18000) + uniform() * 42000);
  const home = uniform() < 0.45;
  const purpose = among(['car', 'education', 'holiday']);
  const arrears = among(['none', 'none', 'none', 'one month', 'three months']);
  // The planted effects, in log-odds.
  let z = -0.4;
  if (employment === 'unemployed') z -= 1.2;
  if (income >= 35000) z += 1.0;
  if (home) z += 0.8;
  if (arrears === 'three months') z -= 2.0;
  // Arrears of a month weigh on those without a home only: an interaction.
  if (arrears === 'one month' && !home) z -= 1.5;
  if (purpose === 'education') z += 0.5;
  const granted = uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
  const shown = uniform() < 0.03 ? '' : income;
  console.log(
    [i + 1, `officer ${1 + (i % 100)}`, age, employment, shown, home ? 'yes' : 'no', purpose, arrears, granted].join(
      ',',
    ),
  );
}
