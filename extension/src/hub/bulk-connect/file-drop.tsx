import { useId, useRef, useState, type DragEvent } from "react";

import { Button } from "../../shared-ui/components/button";
import { Icon } from "../../shared-ui/components/icon";
import { Spinner } from "../../shared-ui/components/spinner";

interface FileDropProps {
  readonly file: File | null;
  readonly isChecking: boolean;
  readonly onChoose: (file: File) => void;
}

/** A place to drop a file on, with a button for those who don't drag. */
export function FileDrop({ file, isChecking, onChoose }: FileDropProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { isOver, handlers } = useDrop(onChoose);
  return (
    <div className={`file-drop ${isOver ? "over" : ""}`} {...handlers}>
      <Icon name="upload" />
      <p id={`${id}-what`}>Drop a CSV file here, or</p>
      <input
        ref={input}
        type="file"
        className="only-read"
        tabIndex={-1}
        accept=".csv,.txt,text/csv"
        aria-label="CSV file of pairs"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          if (chosen !== undefined) onChoose(chosen);
          // So that the same file, mended meanwhile, can be chosen again.
          event.target.value = "";
        }}
      />
      <Button description={`${id}-what`} onClick={() => input.current?.click()}>
        {file === null ? "Choose a file" : "Choose another file"}
      </Button>
      <p role="status" className="file-drop-status">
        {isChecking && <Spinner />}
        {file !== null && <bdi className="break">{isChecking ? `Checking ${file.name}…` : file.name}</bdi>}
      </p>
    </div>
  );
}

function useDrop(onChoose: (file: File) => void) {
  const [isOver, setOver] = useState(false);
  const handlers = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const dropped = event.dataTransfer.files[0];
      if (dropped !== undefined) onChoose(dropped);
    },
  };
  return { isOver, handlers };
}
