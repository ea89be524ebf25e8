namespace Amodal.Methods.Fills;

/// <summary>
/// The mean of the training utterances of the class that the observed part tells: of the classes of the target, or of a score those
/// below and from the training median on. The class is the classifier's answer with means in place of what is missing.
/// </summary>
internal sealed class ClassMeanFill : LatentFill
{
    private readonly Target _target;

    public ClassMeanFill(FillContext context)
        : base(nameof(ClassMeanFill))
    {
        _target = context.Target is not SeveralTarget ? context.Target
            : throw new InputException("method", Descriptor.Name, $"fills by the mean of a class, and the labels are {context.Target.Text}; choose one label, or another method.");
        register_buffer("means", zeros(Math.Max(2, _target.Width), context.Layout.Count));
        register_buffer("middle", zeros(1));
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        "class-mean-fill", "The mean latents of the class that the observed part tells in place of what is missing. Costs: a training of the fusion beside the classifiers.", context => new ClassMeanFill(context));

    protected override void Fit(FillData data)
    {
        using var labelled = tensor([.. data.LabelledRows], device: data.Train.device);
        var labels = data.Labels.index_select(0, labelled);
        get_buffer("middle")!.copy_(labels.median());
        var members = nn.functional.one_hot(_target is ClassTarget ? labels.to(ScalarType.Int64) : IsAbove(labels), get_buffer("means")!.shape[0]).to(ScalarType.Float32).t();
        var counts = members.matmul(data.Layout.Mask(data.Present, data.Train.device).index_select(0, labelled));
        get_buffer("means")!.copy_(members.matmul(data.Train.index_select(0, labelled)) / counts.clamp_min(1)); // a class without rows has the mean of all, 0
    }

    public override Tensor Fill(FillRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var guess = rows.Guess();
        return get_buffer("means")!.index_select(0, _target is ClassTarget ? guess.argmax(1) : IsAbove(guess)).MoveToOuterDisposeScope();
    }

    private Tensor IsAbove(Tensor scores) => scores.ge(get_buffer("middle")!).to(ScalarType.Int64);
}
