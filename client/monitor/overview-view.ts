import type { ChartSpan } from './message-chart.ts';
import { chartSpans } from './message-chart.ts';

/** What the overview is narrowed to; kept in the address, so that it can be shared and survives back and forward. */
export interface OverviewView {
  /** How far back the chart goes; a day where it is left out. */
  span?: ChartSpan;
  /** Whose messages the chart shows; those of all flows where it is left out. */
  flow?: string;
  /** The part of the chart's time that everything on the page is about: ISO 8601, both or none. */
  from?: string;
  to?: string;
}

/** Reads it from an address; what is not understood is left out. */
export function readOverviewView({ span, flow, from, to }: Record<string, unknown>): OverviewView {
  const isSpan = typeof span === 'string' && span in chartSpans && span !== 'day';
  return {
    ...(isSpan && { span: span as ChartSpan }),
    ...(typeof flow === 'string' && flow !== '' && { flow }),
    ...(isTime(from) && isTime(to) && Date.parse(from) < Date.parse(to) && { from, to }),
  };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
}
