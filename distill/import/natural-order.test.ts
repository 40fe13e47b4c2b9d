import { describe, expect, it } from 'vitest';
import { inNaturalOrder } from './natural-order.ts';

describe('levels', () => {
  it.each([
    [['Strongly disagree', 'Somewhat disagree', 'Neither agree nor disagree', 'Somewhat agree', 'Strongly agree']],
    [['very dissatisfied', 'dissatisfied', 'neutral', 'satisfied', 'very satisfied', "don't know", 'refused']],
    [['Strongly oppose', 'Somewhat oppose', 'Somewhat support', 'Strongly support']],
    [['Not at all satisfied', 'Not very satisfied', 'Fairly satisfied', 'Very satisfied', 'DK/NA']],
    [['Strongly Disapprove', 'Somewhat Disapprove', 'Somewhat Approve', 'Strongly Approve', '(VOL) Don’t know']],
    [['Extremely unlikely', 'unlikely', 'neither', 'likely', 'Extremely likely']],
    [['Definitely not', 'Probably not', 'Probably would', 'Definitely would']],
    [['Never', 'Rarely', 'Sometimes', 'Often', 'Always']],
    [['Not at all', 'Slightly', 'Moderately', 'Very', 'Extremely']],
    [['Very poor', 'Poor', 'Fair', 'Good', 'Excellent', 'Other']],
    [['low', 'medium', 'high']],
    [['No Formal', 'High School', 'Two-Year College', 'College Degree', 'Graduate Degree']],
    [['under 5', '5 to 10', '10 to 50', 'more than 50']],
    [['<18', '18-29', '30-44', '65+']],
    [['under $25,000', '$25,000-$49,999', '$50,000-$99,999', '$100,000 or more', 'refused']],
    [['0-9k', '10k-20k', '1.5m or more']],
    [['1. strongly agree', '2. agree', '3. neither', '10. none']],
    [['(1) yes', '(2) no', '(10) unsure']],
    [['none', 'one month', 'three months']],
    [['Mon', 'Tue', 'Sun']],
  ])('that people put in order are in that order: %j', (order) => {
    const shuffled = [...order].sort((a, b) => (a.at(-1)! + a < b.at(-1)! + b ? -1 : 1));
    expect(inNaturalOrder(shuffled)).toEqual(order);
    expect(inNaturalOrder([...shuffled].reverse())).toEqual(order);
  });

  it.each([
    [['Berlin', 'Paris', 'Rome']],
    // A place without an order leaves all of them in that of the alphabet.
    [['agree', 'disagree', 'Paris']],
    [['Q1 2020', 'Q2 2020', 'Q10 2020']],
    [['18-29', 'adult', 'retired']],
    // Two words for one place of a scale are not put in order by it.
    [['bad', 'good', 'poor']],
  ])('without one are in that of the alphabet: %j', (order) => {
    expect(inNaturalOrder([...order].reverse())).toEqual(order);
  });
});
