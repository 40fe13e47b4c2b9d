/** The world that is meant if none is named. */
export { iceCream as defaultScenario } from './ice-cream-v1/scenario.ts';
