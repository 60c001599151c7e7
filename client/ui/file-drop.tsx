import { FileUp } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';

/** A file is chosen by a press, or dropped on it. */
export function FileDrop({
  label,
  accept,
  fileName,
  isBusy,
  className,
  onChoose,
  children,
}: {
  /** Names the input, which is not seen. */
  label: string;
  /** As the attribute of an input. */
  accept: string;
  /** Of the file that was chosen last. */
  fileName: string | undefined;
  isBusy: boolean;
  className?: string;
  onChoose: (file: File) => void;
  /** Below the button. */
  children: ReactNode;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const choose = (files: FileList | null) => {
    const file = files?.[0];
    if (file) onChoose(file);
  };
  return (
    // The button inside does the same; dropping a file on it is for the mouse only.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        choose(event.dataTransfer.files);
      }}
      className={classNames(
        'flex flex-col items-center gap-2 rounded-lg border border-dashed text-center',
        isOver ? 'border-accent bg-accent-soft' : 'border-line-strong',
        className ?? 'p-6',
      )}
    >
      <Button icon={<FileUp size={15} aria-hidden />} isBusy={isBusy} onClick={() => input.current?.click()}>
        {fileName ?? 'Choose a file'}
      </Button>
      {children}
      <input
        ref={input}
        type="file"
        accept={accept}
        aria-label={label}
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          choose(event.target.files);
          // The same file may be chosen again after it was corrected.
          event.target.value = '';
        }}
      />
    </div>
  );
}
