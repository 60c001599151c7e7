/**
 * Named places between the arrows of the way of a mail, in the order in which it passes them. Nothing happens there,
 * unless a test has a process halt at one of them, to kill it or to cut its connections exactly there
 * (`server/testing/halting-process.ts`); `npm start` has no way to do that.
 */
export const wayPoints = [
  'poll.locked',
  'poll.signed-in',
  'poll.listed',
  'intake.fetched',
  'intake.stored',
  'intake.committed',
  'exchange.begun',
  'exchange.read',
  'exchange.delivered',
  'exchange.recorded',
  'exchange.run',
  'exchange.ended',
  'settle.intended',
  'settle.told',
  'settle.signed-out',
  'settle.confirmed',
  'poll.worked',
  'poll.finished',
] as const;

export type WayPoint = (typeof wayPoints)[number];

type Halt = (point: WayPoint, channelId: string) => Promise<void> | undefined;

let halt: Halt | undefined;

/** Called where a mail of this channel passes `point`. */
export function passing(point: WayPoint, channelId: string): Promise<void> | undefined {
  return halt?.(point, channelId);
}

/** For tests: what is done at each point; the mail goes on when it resolves. */
export function haltAt(listener: Halt): void {
  halt = listener;
}
