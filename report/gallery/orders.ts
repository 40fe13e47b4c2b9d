import { candidates } from '../candidates.ts';
import { orderSensitivity } from '../figures/order-sensitivity.ts';
import type { ReportFigure } from '../report-figure.ts';
import type { StudyFiles } from '../study-files.ts';
import { grouped } from '../words.ts';

/** How far the order of the phrases moves the teacher and its students. */
export function ofOrders(study: StudyFiles): ReportFigure[] {
  const { evaluation } = study;
  const teacher = evaluation?.teacherOrder;
  const asked = [
    ...(teacher ? [{ who: 'the teacher', teacher: true, order: teacher }] : []),
    ...candidates(study).flatMap(({ model, order }) => (order ? [{ who: model, teacher: false, order }] : [])),
  ];
  if (asked.length === 0) return [];
  const { states, orders } = asked[0]!.order;
  return [
    {
      name: 'order-sensitivity',
      section: 'models',
      caption: `Asked of ${grouped(states)} states in up to ${orders} orders each. A state is a set of phrases: what the order moves is no part of it.`,
      draw: (theme) =>
        orderSensitivity(
          asked.map(({ order, ...who }) => ({
            ...who,
            mean: order.meanSd,
            most: order.maxSd,
            byConstruction: order.byConstruction,
          })),
          theme,
        ),
    },
  ];
}
