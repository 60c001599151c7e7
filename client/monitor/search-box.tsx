import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { TextInput } from '../ui/text-input.tsx';

/** How long typing must rest before the list is searched, in ms. */
const restMs = 300;

/** A search that runs while one types; `value` is what is searched for now. */
export function SearchBox({
  value,
  onChange,
  label = 'Search subject, sender, recipient or Message-ID',
  placeholder = 'Subject, sender, Message-ID',
}: {
  value: string;
  /** `isContinued`: the same typing has changed it before, since the field was entered. */
  onChange: (value: string, isContinued: boolean) => void;
  label?: string;
  placeholder?: string;
}) {
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  const isContinued = useRef(false);
  const change = useRef(onChange);
  useEffect(() => {
    change.current = onChange;
  });

  // A value that did not come from here, such as that of the back button, replaces what was typed.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    isContinued.current = false;
    setTyped(value);
  }, [value]);

  useEffect(() => {
    if (typed === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = typed;
      change.current(typed, isContinued.current);
      isContinued.current = true;
    }, restMs);
    return () => clearTimeout(timer);
  }, [typed]);

  return (
    <div className="relative min-w-40 flex-1 max-sm:basis-full sm:max-w-64">
      <Search size={14} className="text-ink-faint pointer-events-none absolute top-2.25 left-2.5" aria-hidden />
      <TextInput
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={typed}
        onChange={setTyped}
        onBlur={() => (isContinued.current = false)}
        maxLength={200}
        className="pl-8!"
      />
    </div>
  );
}
