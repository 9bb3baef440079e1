/** Calls that come faster than the screen is drawn become one for each frame. */

export function onceAFrame(draw: () => void): () => void {
  let frame = 0;
  return () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };
}
