using System.Diagnostics;

namespace Amodal.Cli;

/// <summary>
/// A bar per task, or none where there is no context; drawn by the thread that does the work: a drawing thread of its own would allocate, and a garbage
/// collection that another thread starts can take a number from under a native call (docs/develop/native.md).
/// </summary>
internal sealed class ProgressBars(ProgressContext? context)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private readonly Stopwatch _sinceDrawn = Stopwatch.StartNew();
    private string _current = "";

    /// <summary>Moves a task's bar, adding it when it is new; the task before it is then over.</summary>
    /// <param name="done">Share done, 0 to 1.</param>
    /// <param name="text">What to show beside it; the name unless given.</param>
    public void Show(string name, double done, string? text = null)
    {
        if (context is null)
        {
            return;
        }

        if (!_tasks.TryGetValue(name, out var task))
        {
            _tasks[name] = task = context.AddTask(Markup.Escape(name), maxValue: 1);
        }

        task.Value = done;
        if (text is not null)
        {
            task.Description = Markup.Escape(text);
        }

        var isNew = name != _current;
        _current = name;
        if (isNew || done >= 1 || _sinceDrawn.Elapsed > _pause)
        {
            context.Refresh();
            _sinceDrawn.Restart();
        }
    }

    /// <summary>Fills the bar of a task that ended before its limit.</summary>
    public void Finish(string name)
    {
        if (_tasks.TryGetValue(name, out var task))
        {
            task.Value = task.MaxValue;
        }
    }
}
