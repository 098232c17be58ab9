"""AG's news: which desk would run this story?

Source: AG's corpus of news articles, as used by Zhang et al. (2015); title and first sentences of 2004 newswire.
Subjective? Hardly: the topic is on the page. What is left to opinion is the border of Business and Sci/Tech.
Run: pytest suites/test_ag_news.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task ag_news
"""

from synthworth import Expectation, Hub, Task, TaskSuite

TASK = Task(
    name="ag_news",
    labels={
        "World": "politics, war, disasters or diplomacy in some country",
        "Sports": "a match, an athlete, a team or a league",
        "Business": "a company, a market, jobs, prices or the economy",
        "Sci/Tech": "science, computers, the internet, gadgets or space",
    },
    words=(24, 56),
    context_prompt=(
        "You are a reporter at a news agency in 2004. You write short, factual news items with names, places "
        "and numbers."
    ),
    generation_prompt=(
        "Write one news item about {description}: a headline, a full stop, then one or two sentences that "
        "tell the news, about {words} words in all."
    ),
    diversity_prompt=("Write about another event in another place, with a different opening, than the items before."),
    hub=Hub(
        path="fancyzhx/ag_news",
        labels={0: "World", 1: "Sports", 2: "Business", 3: "Sci/Tech"},
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "World": (
            "Georgia's leader walks out of Black Sea talks . SOCHI, Russia - What was meant to be a dinner of reconciliation over the breakaway province of Abkhazia ended before the fish, with each delegation accusing the other of massing armour.",
            "Dam Burst Drowns Hamlet in Northern Pakistan (Reuters) . Reuters - Rescue parties on foot reached the\\valley of Chitral Gol on Friday, two days after an ice dam gave\\way and swept more than 50 people to their deaths.",
            "Maoris march on Wellington over the foreshore . Fifteen thousand protesters, some in feather cloaks, filled the lawns of New Zealand's parliament to oppose a bill that would place beaches in the hands of the Crown.",
            "Gunfire in Port-au-Prince as ex-soldiers demand back pay . Disbanded troops in mismatched camouflage traded shots with police outside the presidential palace on Tuesday. The prime minister said he would speak to them when they put down their weapons.",
            "UN council extends Congo mission by six months . Members voted 15-0 in New York to add 5,900 troops to the force in the east.",
            "Queen opens Scotland #39;s late, costly parliament . EDINBURGH : Three years behind schedule and ten times over budget, Holyrood received its royal blessing while republicans on Calton Hill sang something else.",
            "Abducted Engineers Appear on Tape . BAGHDAD, Iraq - Two bridge builders, a Turk and a Jordanian, sat before a black banner and read appeals to their governments in a video delivered to an Arab television station on Sunday.",
            "A Basque town votes on its own name . Spain's highest court has forbidden the ballot, Madrid calls it sedition, and the mayor of Larrabide has ordered 4,000 voting papers from a printer over the French border. Residents must say by Easter whether road signs will carry one spelling, two or none at all.",
            "Congo bishops ask for calm as census begins (AFP) . AFP - Church leaders appealed on Sunday for patience with the first head count in twenty years.",
            "Sri Lankan Tigers say no to Oslo . Norway's envoy flew home from Kilinochchi empty-handed after the rebels told him that talks on ending two decades of civil war would have to wait for an interim administration in the north and east, run by themselves, which the president says her coalition partners will never swallow.",
            "Senator's bus tour stalls in Ohio mud . ZANESVILLE, Ohio - Trailing by four points and with nineteen days left, the Democratic ticket spent Wednesday morning pushing a vehicle and the afternoon attacking the White House on prescription prices.",
            "Kenya turns the army on cattle raiders . NAIROBI : Helicopters chased armed herders along the Ugandan frontier on Monday; villagers say two of those killed were boys looking after goats.",
        ),
        "Sports": (
            "Red Sox rally twice, then need a third . BOSTON - By the time Manny Ferrol's single dropped in front of the left fielder it was 1:14 a.m., half of Fenway had lost its voice and Toronto had run out of relievers.",
            "Arsenal's Run Reaches 46, Not Prettily . A deflected free kick was all that separated the champions from Charlton at Highbury on Saturday.  quot;We were awful, quot; said captain Luc Ferrand, grinning,  quot;and still nobody beats us. quot;",
            "Springboks name uncapped hooker for Dublin (AFP) . AFP - South Africa coach Dawie Steenkamp gave 22-year-old Themba Ndaba his first start on Tuesday, saying the Irish scrum would find him  quot;a rude surprise quot;.",
            "Wheldrake storms to pole at Indianapolis . The Englishman averaged 219.6 mph over four laps despite brushing the wall, twice, on his way out of turn two.",
            "Wrestling body strips Latvian of medal . Janis Vilcans, who took a surprise bronze in the 84-kilogram class in Athens, failed to produce a urine sample when asked and was told to leave the village by nightfall.",
            "Heat sign veteran to back up at point . MIAMI (AP) - Free agent Corey Mayhew, at 36 the possessor of two NBA championship rings and one good knee, signed on for one more season Thursday.",
            "She putts with her eyes shut, and leads . Leading by two after 54 holes of the LPGA event in Tulsa, Kristi Dahl explained that looking at the ball only gives her ideas.",
            "Australia all out 93 on a Mumbai minefield . Seventeen wickets tumbled on the third day; off-spinner Harish Mandke took six of them as India grabbed a consolation victory with the series long since lost.",
            "Kiwi eventer keeps title after clock dispute . Appeals from France, Britain and the United States were thrown out, so champion Bridget Tolhurst may finally have her gold medal engraved.",
            "Huskers' Streak of Bowl Games in Peril . LINCOLN, Neb. - Five interceptions by quarterback Jeb Stroud handed Kansas State a 45-21 romp and left Nebraska needing to beat Oklahoma to avoid staying home for the holidays.",
            "Teenager Cho too quick for world No. 1 in badminton final . JAKARTA (Reuters) - The crowd had come to see Hendra Wiratama complete a third Indonesia Open; a 17-year-old Korean needed 41 minutes to send it home, pausing once to apologize to the front row for a smash that struck the mayor.",
            "Bruins, out of work, coach the kids . With the NHL season on ice, four defensemen are spending Tuesday nights at a rink in Quincy teaching ten-year-olds to skate backward, and losing to them on occasion.  quot;No agents, no salary cap, just orange slices, quot; said Rich Pomeroy, who should have been facing the Rangers.",
        ),
        "Business": (
            "Pump prices bite into Bargainway's sales . TOPEKA, Kan. (Reuters) - The discount chain said on Saturday that September comparable-store revenue grew 2.1 percent, near the bottom of its forecast.",
            "Merger creates Italy's third-largest lender . Boards of Banca Tiberina and Credito Orobico approved an all-share tie-up worth 7.8 billion euros on Sunday, with 3,000 redundancies to follow and a single headquarters in Bergamo.",
            "Jobless claims edge up, economists yawn . WASHINGTON - First-time applications for unemployment benefits rose by 4,000 last week to 343,000, a move the Labor Department attributed in part to the Columbus Day holiday.",
            "Media heir leaves board after pension row . Julian Ashgrove resigned yesterday as deputy chairman of the newspaper group his grandfather founded. Investors had objected to a retirement package worth 24m; the shares rose 3p.",
            "Nikkei ends at two-month low on steel, oil worries . TOKYO : Exporters led the retreat and the broad index finished 1.6 percent down.",
            "Drugs by mail trip up pharmacy chain . Quarterly profit at MedCorner tumbled 44 percent since big employers are pushing staff to order refills by post, the Rhode Island company told analysts Wednesday.",
            "Software group bids $1.2 billion for its noisiest critic . Ledgerline Systems, which makes accounting programs, offered $24 a share for smaller rival Quillon.",
            "Prosecutors rest in banker's retrial . NEW YORK (AP) - The government wound up its case against Frank Quarrington, accused of telling underlings to destroy files on hot stock offerings, having called only seven witnesses. His lawyers, who contend the messages were routine housekeeping, plan to put Quarrington himself on the stand Monday.",
            "Inflation in the euro zone dips to 2.1 per cent . Cheaper vegetables outweighed dearer petrol in the twelve-nation bloc, preliminary data showed, giving the European Central Bank room to sit on its hands till the new year.",
            "Should you fix your mortgage now? . With base rates at 4.75 percent and lenders fighting over borrowers, two-year deals are the cheapest since spring, but watch for arrangement fees of up to 600.",
            "Cruise line orders two giants from Finnish yard . The $1.5 billion contract guarantees work at Turku for 3,500 welders and fitters through 2008, and it gives Blue Meridian the biggest berths on the Caribbean run at a moment when rivals, stung by fuel costs, are postponing orders or cancelling them outright.",
            "Malaysian palm oil firms as India cuts duty . KUALA LUMPUR - Benchmark January futures settled 28 ringgit higher Friday after New Delhi surprised dealers by trimming the import tariff ahead of Diwali.",
        ),
        "Sci/Tech": (
            "Space station crew told to ration desserts (Reuters) . Reuters - The two men aboard the orbiting\\outpost have enough food until about Christmas, engineers said,\\and will skip some snacks in case the next cargo ship is late.",
            "Intel shelves four-gigahertz Pentium . Faced with heat its fans could not remove, the chip maker will quit racing for clock speed and put a pair of processor cores on each piece of silicon.",
            "Phishing kits turn up free on the Web . Do-it-yourself packages containing fake bank pages, mailing lists and instructions for beginners have appeared on at least six sites, security firm Trawler Labs warned Thursday.",
            "Oldest fossil of a true bee? Amber says yes . A speck from a Burmese mine preserves legs already shaped for pollen about a hundred million years ago, which would help explain how flowering plants spread so quickly.",
            "Camera phones get a megapixel and a conscience . South Korean handsets must now give a loud click, 65 decibels at the very least, whenever a picture is taken.",
            "Apple tunes up a photo iPod . The $499 music player has a two-inch color screen and 40 gigabytes of room for a shoebox of snapshots.",
            "Lunar probe spirals in on a whisper of xenon . PARIS : Europe's first mission to the moon, SMART-1, is due to be captured by its gravity next month having burned barely 60 litres of fuel since launch, controllers at Darmstadt say.",
            "Malaria jab halves severe cases in Mozambique . An experimental vaccine given to 2,000 toddlers protected many of them for six months, researchers report in the Lancet, the most encouraging result so far against the parasite.",
            "Virginia bulk mailer first to face felony trial under spam law . Jurors in Leesburg will hear how 10 million messages a day left one house through sixteen high-speed lines, each with a forged return address and most of them hawking a work-at-home kit that, the indictment adds, nobody ever received.",
            "Sun gives Solaris away, sort of . Source code for the Unix operating system should be available by year's end, executives promised developers in Santa Clara, though the license has yet to be written.",
            "Ozone hole shrinks a fifth from last year's peak . Warmer-than-normal air above Antarctica deserves the credit, New Zealand's atmospheric institute cautioned, rather than any sudden drop in chlorine from old aerosol cans. The thinning above the pole is still as wide as North America and will take half a century to mend.",
            "Half-Life fans camp out, online . Minutes after the long-delayed shooter was unlocked at midnight, its download servers groaned under requests from 300,000 gamers, many of whom had to wait until breakfast to play.",
        ),
    },
)


class TestAgNews(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.83),
        Expectation(method="few_shot", beats="majority"),
        Expectation(method="zero_shot", beats="majority"),
    )
