/** How much of the messages of a flow is kept besides the steps they went through. */

export const flowLogLevels = ['info', 'debug', 'trace'] as const;
export type FlowLogLevel = (typeof flowLogLevels)[number];

interface LogLevelFacts {
  title: string;
  about: string;
  /** Ends by itself after so many minutes, unless somebody asks for another time, at most `maxMinutes`; Info has no end. */
  minutes: number;
  maxMinutes: number;
  /** What is kept is hidden and deleted after so many minutes. */
  keepMinutes: number;
  keepsBody: boolean;
}

const hour = 60;
const day = 24 * hour;

export const logLevelTable: Record<FlowLogLevel, LogLevelFacts> = {
  info: {
    title: 'Info',
    about: 'Keeps which steps ran, how long they took and what they say.',
    minutes: 0,
    maxMinutes: 0,
    keepMinutes: 0,
    keepsBody: false,
  },
  debug: {
    title: 'Debug',
    about: 'Keeps headers, properties and the list of attachments at each step, too, for a day.',
    minutes: day,
    maxMinutes: 7 * day,
    keepMinutes: day,
    keepsBody: false,
  },
  trace: {
    title: 'Trace',
    about: 'Keeps the body at each step, too, for an hour.',
    minutes: 10,
    maxMinutes: hour,
    keepMinutes: hour,
    keepsBody: true,
  },
};
