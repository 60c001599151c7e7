import { absoluteTime, relativeTime } from './time-words.ts';
import { useNow } from './use-now.ts';

/** A moment as people say it ("12 s ago"); date, time and UTC on hover. `at` is ISO 8601. */
export function TimeText({ at }: { at: string }) {
  const now = useNow();
  const date = new Date(at);
  const { local, utc } = absoluteTime(date);
  return (
    <time dateTime={at} title={`${local}\n${utc}`} className="whitespace-nowrap">
      {relativeTime(date, now)}
    </time>
  );
}
