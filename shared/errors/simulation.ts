import type { ErrorTable } from './entry.ts';

/** Simulating a drawing. */
export const simulationErrors = {
  TOO_MANY_SIMULATIONS: {
    status: 429,
    retryable: true,
    message: (p: { limit: number }) => `${p.limit} simulations are running already.`,
    remedy: 'Wait until one of them has ended, or cancel one.',
  },
  SIMULATION_MAIL_GONE: {
    status: 404,
    retryable: false,
    message: () => 'The mail to simulate with is not there any more.',
    remedy: 'List the mails of the mailbox again, or choose the file again.',
  },
  SIMULATION_TIMEOUT: {
    status: 504,
    retryable: true,
    message: (p: { minutes: number }) => `The simulation did not end within ${p.minutes} min.`,
    remedy: 'Look at the last step: what it waits for does not answer. Mock its receiver to see the others.',
  },
} satisfies ErrorTable;
