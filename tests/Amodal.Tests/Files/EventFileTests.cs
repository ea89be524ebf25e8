using Amodal.Files;
using Amodal.Tests.Data;
using Tensorboard;

namespace Amodal.Tests.Files;

public class EventFileTests
{
    private static readonly DateTimeOffset _time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_reader_of_these_tests_knows_CRC32C() => Assert.Equal(0xE3069283, EventRecords.Crc32C("123456789"u8)); // the check value of its catalogue

    [Fact]
    public void Holds_version_steps_times_tags_and_values()
    {
        using var folder = new TemporaryFolder();
        var file = new EventFile(folder.Name, 0, _time);
        file.Append(1, _time.AddSeconds(0.25), [new("loss/train", 0.5), new("loss/λ", -1e30)]);
        file.Append(300, _time.AddHours(1), [new("loss/train", 0.125)]); // two bytes of step

        var events = EventRecords.Read(Path.Combine(folder.Name, EventFile.Name));
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal([1772366400, 1772366400.25, 1772370000], events.Select(e => e.WallTime)); // seconds since 1970
        Assert.Equal([0, 1, 300], events.Select(e => e.Step));
        Assert.Equal([("loss/train", 0.5f), ("loss/λ", -1e30f)], events[1].Summary.Value.Select(v => (v.Tag, v.SimpleValue)));
        Assert.Equal([("loss/train", 0.125f)], events[2].Summary.Value.Select(v => (v.Tag, v.SimpleValue)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(200)]
    [InlineData(1000)]
    public void Goes_on_after_a_step_without_what_came_later(long last)
    {
        long[] steps = [1, 2, 127, 128, 200, 300];
        using var folder = new TemporaryFolder();
        Write(0, steps);
        Write(last, [last + 1]);
        var events = EventRecords.Read(Path.Combine(folder.Name, EventFile.Name));
        Assert.Equal([0, .. steps.Where(s => s <= last), last + 1], events.Select(e => e.Step));
        Assert.Single(events, e => e.WhatCase == Event.WhatOneofCase.FileVersion);

        void Write(long kept, long[] then)
        {
            var file = new EventFile(folder.Name, kept, _time);
            foreach (var step in then)
            {
                file.Append(step, _time, [new("x", step)]);
            }
        }
    }

    [Fact]
    public void Whatever_the_last_write_left_unfinished_is_cut_off()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, EventFile.Name);
        var file = new EventFile(folder.Name, 0, _time);
        file.Append(1, _time, [new("x", 1)]);
        var sound = File.ReadAllBytes(path);
        file.Append(2, _time, [new("x", 2)]);
        var whole = File.ReadAllBytes(path);
        for (var length = sound.Length; length < whole.Length; length++)
        {
            Check(whole[..length]);
        }

        for (var at = sound.Length; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x10;
            Check(damaged);
        }

        void Check(byte[] content)
        {
            File.WriteAllBytes(path, content);
            _ = new EventFile(folder.Name, 5, _time);
            Assert.Equal(sound, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_bad_input()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Name, "file");
        File.WriteAllText(file, "");
        Assert.Contains("cannot be written", Assert.Throws<InputException>(() => new EventFile(file, 0, _time)).Message, StringComparison.Ordinal);
    }
}
